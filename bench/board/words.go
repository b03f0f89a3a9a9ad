package board

import (
	"strings"

	"mimamori/storage"
)

// Language is a language of the board.
type Language string

// The languages of the board.
const (
	English  Language = "en"
	Japanese Language = "ja"
)

// LanguageOf picks the language for a locale such as ja_JP.UTF-8.
func LanguageOf(locale string) Language {
	if strings.HasPrefix(strings.ToLower(locale), "ja") {
		return Japanese
	}
	return English
}

type words struct {
	fleet, running, devices, trouble, allWell  string
	worst, voice, links, pipeline, script      string
	noVoice, noLinks, rows, lag, memory, since string
	loss, delay, jitter, quit, unmeasured      string
	pages                                      string
	states                                     map[storage.State]string
	causes                                     map[storage.Cause]string
	incidents                                  map[string]string
	together                                   string // how many devices a line stands for
	stale                                      string // how long no row has come
	more                                       string // how many troubles are not listed
	blind                                      string // how many devices of how many tell nothing
	devicesOf, perSecond                       string
	upcoming, underWay, over                   string
	waiting                                    string
}

var vocabulary = map[Language]words{
	English: {
		fleet: "simulated fleet", running: "running", devices: "DEVICES", trouble: "NEEDS ATTENTION",
		allWell: "every device answers", worst: "LOWEST AVAILABILITY", voice: "LOWEST VOICE QUALITY",
		links: "BUSIEST WAN LINKS", pipeline: "PIPELINE", script: "SCRIPT",
		noVoice: "the first minute is not over yet", noLinks: "the first two polls are not over yet",
		rows: "rows", lag: "lag", memory: "memory", since: "for", loss: "loss", delay: "delay",
		jitter: "jitter", quit: "Ctrl-C ends the demo", pages: "pages", unmeasured: "no measurement",
		states: map[storage.State]string{
			storage.StateUp: "up", storage.StateDegraded: "degraded",
			storage.StateDown: "DOWN", storage.StateUnknown: "unknown",
		},
		causes: map[storage.Cause]string{
			storage.CauseNoAnswer: "no answer", storage.CauseUnreachable: "unreachable",
			storage.CauseReboot: "reboot", storage.CauseSilent: "nobody reports", storage.CauseLoss: "packet loss",
		},
		together: "(%d devices)", more: "(%d more not listed)",
		blind: "blind: %d of %d devices tell nothing of themselves (mimamori report blindspots)",
		stale: "OLD FIGURES: nothing new for %s", devicesOf: "%d devices, %d customers, %d sites", perSecond: "rows/s",
		upcoming: "next", underWay: "now", over: "done", waiting: "waiting for the first figures",
	},
	Japanese: {
		fleet: "模擬ネットワーク", running: "稼働", devices: "機器", trouble: "要対応",
		allWell: "全機器が応答しています", worst: "可用性の低い機器", voice: "音声品質の低い経路",
		links: "混雑しているWAN回線", pipeline: "処理状況", script: "シナリオ",
		noVoice: "最初の1分を計測中です", noLinks: "最初の2回のポーリングを待っています",
		rows: "行", lag: "遅れ", memory: "メモリ", since: "継続", loss: "損失", delay: "遅延",
		jitter: "ジッタ", quit: "Ctrl-C で終了", pages: "画面", unmeasured: "計測なし",
		states: map[storage.State]string{
			storage.StateUp: "正常", storage.StateDegraded: "劣化",
			storage.StateDown: "停止", storage.StateUnknown: "不明",
		},
		causes: map[storage.Cause]string{
			storage.CauseNoAnswer: "応答なし", storage.CauseUnreachable: "経路断",
			storage.CauseReboot: "再起動", storage.CauseSilent: "報告なし", storage.CauseLoss: "パケット損失",
		},
		incidents: map[string]string{
			"device outage": "機器停止", "site outage": "拠点停止", "reboot": "再起動",
			"saturated WAN link": "WAN回線の飽和", "32-bit wrap": "32ビットカウンタの周回",
			"counter reset": "カウンタのリセット", "ifIndex reshuffle": "ifIndexの並べ替え",
			"voice loss and jitter": "音声の損失とジッタ", "silent appliance": "アプライアンスの沈黙",
			"syslog burst": "syslogの集中", "flap": "フラッピング",
			"sysUpTime rolls over": "sysUpTimeの周回",
		},
		together: "（%d台）", more: "（ほか%d件）",
		blind: "監視の死角: %[2]d台中%[1]d台から情報が得られません (mimamori report blindspots)",
		stale: "古い数値: %s 間更新なし", devicesOf: "機器 %d・顧客 %d・拠点 %d", perSecond: "行/秒",
		upcoming: "予定", underWay: "進行中", over: "完了", waiting: "最初の計測を待っています",
	},
}
