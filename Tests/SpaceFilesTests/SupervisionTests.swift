import SearchSpaces
import SpaceFiles
import Testing

struct SupervisionTests {
    @Test func `Trials are watched as the file says`() throws {
        let before = """
            metric: {name: loss, goal: minimize}
            trial_timeout: 1h30m
            report_timeout: 45
            max_retries: 0
            max_failures: 4
            disk_cap: 1.5GiB
            grace: 2m
            """
        let supervision = try parse(sweep("p: {value: 1}", before: before)).specification.supervision
        #expect(
            supervision
                == Supervision(
                    trialTimeout: 5400, reportTimeout: 45, maxRetries: 0, maxFailures: 4, diskCap: 1536 << 20, grace: 120))
    }

    @Test func `Left out, there is no limit but that of retries`() throws {
        let supervision = try parse(sweep("p: {value: 1}")).specification.supervision
        #expect(
            supervision
                == Supervision(trialTimeout: nil, reportTimeout: nil, maxRetries: 2, maxFailures: nil, diskCap: nil, grace: 60))
    }

    /// The line stands after the metric's, in line 2.
    @Test(arguments: [
        ("trial_timeout: never", "2:16: found the text 'never', expected a time above 0 such as 90s, 30m or 1h30m"),
        ("report_timeout: 0", "2:17: found 0, expected a time above 0 such as 90s, 30m or 1h30m"),
        ("grace: 0", "2:8: found 0, expected a time above 0 such as 90s, 30m or 1h30m"),
        (
            "report_timeout: 1e-320",
            "2:17: found 1e-320, expected a time from 0.001 s to 1e9 s (30 years) such as 90s, 30m or 1h30m"
        ),
        (
            "time_cap: 0.0001s",
            "2:11: found the text '0.0001s', expected a time from 0.001 s to 1e9 s (30 years) such as 90s, 30m or 1h30m"
        ),
        (
            "trial_timeout: 1e300",
            "2:16: found 1e300, expected a time from 0.001 s to 1e9 s (30 years) such as 90s, 30m or 1h30m"
        ),
        (
            "grace: 99999999d",
            "2:8: found the text '99999999d', expected a time from 0.001 s to 1e9 s (30 years) such as 90s, 30m or 1h30m"
        ),
        ("max_retries: -1", "2:14: found -1, expected a whole number of at least 0"),
        ("max_failures: 0", "2:15: found 0, expected a whole number of at least 1"),
        ("disk_cap: 0", "2:11: found 0, expected a number of bytes above 0, or a size such as 20GB"),
        ("disk_cap: much", "2:11: found the text 'much', expected a number of bytes, or a size such as 2MiB"),
    ])
    func `What is no limit is refused where it stands`(line: String, expected: String) {
        let refused = refusal(sweep("p: {value: 1}", before: "metric: {name: loss, goal: minimize}\n\(line)"))
        #expect(refused == "space.yaml:\(expected)")
    }

    @Test(arguments: ["trial_timout", "report_time_out", "max_retry", "max_failure"])
    func `A key that is nearly one is named with the one that is meant`(key: String) {
        let meant = ["trial_timout": "trial_timeout", "report_time_out": "report_timeout", "max_retry": "max_retries"]
        let refused = refusal(sweep("p: {value: 1}", before: "metric: {name: loss, goal: minimize}\n\(key): 5"))
        #expect(refused?.hasSuffix("did you mean '\(meant[key] ?? "max_failures")'?") == true, "\(refused ?? "accepted")")
    }
}
