import Hummingbird
import Serving
import TrainerSettings

extension ServerRoutes {
    /// Whether the server is well, and what it does.
    func addState(to router: Pages) {
        router.get("/health") { _, _ in ServerReply.json(.object(["status": .string("ok")])) }
        router.get("/metrics") { _, _ in ServerReply.text(metrics, type: "text/plain; version=0.0.4") }
    }

    /// As Prometheus reads them.
    private var metrics: String {
        let (asked, load) = (figures.now, engine.load)
        let requests = asked.counts.sorted { $0.key < $1.key }.map {
            ("{route=\"\($0.key.route)\",status=\"\($0.key.status)\"}", Double($0.value))
        }
        let seconds = asked.seconds.sorted { $0.key < $1.key }.map { ("{route=\"\($0.key)\"}", $0.value) }
        func plain(_ value: Int) -> [(String, Double)] { [("", Double(value))] }
        let all: [(name: String, type: String, help: String, values: [(String, Double)])] = [
            ("requests_total", "counter", "Requests by route and status.", requests),
            ("request_seconds_total", "counter", "Seconds that requests took, by route.", seconds),
            ("tokens_written_total", "counter", "Tokens that were written.", plain(engine.figures.tokens)),
            ("passes_total", "counter", "Passes through the base.", plain(engine.figures.passes)),
            (
                "pass_texts_total", "counter", "Texts in these passes; by passes, how many share one.",
                plain(engine.figures.rows)
            ),
            ("requests_waiting", "gauge", "Requests that wait for room.", plain(load.waiting)),
            ("texts_active", "gauge", "Requests that are worked on.", plain(load.active)),
            ("adapters", "gauge", "Adapters on the base.", plain(engine.served.count)),
        ]
        return all.map { metric in
            let name = "autolora_" + metric.name
            let lines = metric.values.map { "\(name)\($0.0) \(SettingValue.double($0.1))\n" }
            return "# HELP \(name) \(metric.help)\n# TYPE \(name) \(metric.type)\n" + lines.joined()
        }.joined()
    }
}
