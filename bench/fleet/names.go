package fleet

import "fmt"

// customerName is a customer as it is written, and the short form its appliances
// and communities bear.
type customerName struct{ name, short string }

var customerNames = []customerName{
	{"Aoba Foods", "aoba"},
	{"Hokuto Logistics 北斗物流", "hokuto"},
	{"Minato Trading", "minato"},
	{"Sakura Clinics さくら医療会", "sakura"},
	{"Kagami Optics", "kagami"},
	{"Tokiwa Retail 常盤リテイル", "tokiwa"},
	{"Nagisa Hotels", "nagisa"},
	{"Yamato Machining 大和精工", "yamato"},
}

func nameCustomer(i int) customerName {
	name := customerNames[i%len(customerNames)]
	if again := i / len(customerNames); again > 0 {
		return customerName{fmt.Sprintf("%s %d", name.name, again+1), fmt.Sprintf("%s%d", name.short, again+1)}
	}
	return name
}

// nameSite is the name of a site by its number, unique in the fleet.
func nameSite(number int) string {
	name := siteNames[number%namedSites]
	if again := number / namedSites; again > 0 {
		return fmt.Sprintf("%s %d", name, again+1)
	}
	return name
}

// siteNames are namedSites places.
var siteNames = [namedSites]string{
	"Sendai", "Sapporo", "Osaka", "Nagoya", "Fukuoka", "Hiroshima", "Niigata", "Kobe", "Kyoto", "Yokohama",
	"Kanazawa", "Matsuyama", "Kumamoto", "Kagoshima", "Okayama", "Shizuoka", "Utsunomiya", "Nagano", "Morioka", "Akita",
	"Yamagata", "Fukushima", "Mito", "Maebashi", "Saitama", "Chiba", "Toyama", "Fukui", "Kofu", "Gifu",
	"Tsu", "Otsu", "Nara", "Wakayama", "Tottori", "Matsue", "Yamaguchi", "Tokushima", "Takamatsu", "Kochi",
	"Saga", "Nagasaki", "Oita", "Miyazaki", "Naha", "Aomori", "Hakodate", "Asahikawa", "Kushiro", "Hamamatsu",
	"Himeji", "Kurashiki", "Kitakyushu", "Sasebo", "Iwaki", "Takasaki", "Matsumoto", "Toyota", "Sakai", "Hachinohe",
}
