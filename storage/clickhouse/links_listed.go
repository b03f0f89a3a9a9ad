package clickhouse

import (
	"context"
	"fmt"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// listedLinks are links with what they are called and what the rules say of them.
type listedLinks struct {
	keys  []linkKey // by customer, site, device and name
	names *linkNames
}

// listable says whether a question is about so few links that they are listed before anything else is asked: those of one
// customer at most.
func listable(query storage.Query) bool { return query.Customer != "" }

// mostListed is how many links are asked for by their ids in place of what selects them.
const mostListed = 200

// fewLinks lists the links whose figures a question is answered from, where they are few: those of a device, or, where
// the first of them are wanted, no more than some times as many. To rank so few takes longer than to read them all.
func (s *Store) fewLinks(ctx context.Context, query storage.Query) (few listedLinks, known bool, err error) {
	most := mostListed
	switch {
	case !listable(query):
		return few, false, nil
	case query.Interface != "", query.Device != "":
	case query.Top > 0 && query.Kind != "" && query.Kind != storage.LinkLAN.String(): // of the other kinds there are few
		most = min(most, 4*withSpare(query.Top))
	default:
		return few, false, nil
	}
	few, err = s.listLinks(ctx, query)
	return few, err == nil && len(few.keys) <= most, err
}

// listLinks lists the links that a query selects by customer, site, device, name and kind. They are everybody's and not to be
// changed.
func (s *Store) listLinks(ctx context.Context, query storage.Query) (listedLinks, error) {
	question := fmt.Sprintf("%s %q %q %q %s", conditions(query, entityDevice), query.Site, query.Device, query.Interface, query.Kind)
	return s.listed.ask(ctx, s.config.Remember, question, func(ctx context.Context) (listedLinks, error) { return s.listLinksNow(ctx, query) })
}

// listLinksNow is listLinks, asked of the store. Names, rules and links are
// read apart and put together here: a statement that does it takes the store several times as long, and the answer
// needs them all.
func (s *Store) listLinksNow(ctx context.Context, query storage.Query) (listedLinks, error) {
	names := newLinkNames()
	found := listedLinks{names: names}
	anywhere := query
	anywhere.Site = "" // where names and rules were told need not be where the link is
	ofOwner := conditions(anywhere, entityDevice)
	err := together(ctx,
		func(ctx context.Context) (err error) { names.places, err = s.placeNames(ctx, query); return err },
		func(ctx context.Context) error {
			if query.Device != "" {
				return nil // it is called as it is asked for
			}
			return s.deviceNames(ctx, ofOwner, parameters(query), names.devices)
		},
		func(ctx context.Context) error {
			return s.portNames(ctx, conditions(query, entityDevice), parameters(query), func(link linkKey, port namedPort) {
				if query.Interface == "" || query.Interface == port.name {
					found.keys = append(found.keys, link)
					names.ports[ownedID{link.customer, link.port}] = port
				}
			})
		},
		func(ctx context.Context) error { return s.linkRulesAsked(ctx, ofOwner, parameters(query), names.rules) },
	)
	if err != nil {
		return listedLinks{}, err
	}
	wanted := kindWanted(query.Kind)
	found.keys = slices.DeleteFunc(found.keys, func(link linkKey) bool { return !wanted(names.rules[ownedID{link.customer, link.port}].Kind) })
	if query.Device != "" {
		for _, link := range found.keys {
			names.devices[ownedID{link.customer, link.device}] = query.Device
		}
	}
	site := func(link linkKey) sample.ID { return names.ports[ownedID{link.customer, link.port}].site }
	slices.SortFunc(found.keys, func(a, b linkKey) int { return names.compare(a, site(a), b, site(b)) })
	return found, nil
}
