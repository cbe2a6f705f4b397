/// The signs of life that a launch has given, by its files.
struct LifeSigns: Sendable {
    /// Starts of its job.
    private(set) var starts = 0
    private(set) var node: String?
    /// When the first start was seen.
    private(set) var begun: Double?
    private var beat: Int?
    /// When it gave its latest one.
    private var heard: Double?

    mutating func take(_ signs: LaunchLife.Signs, now: Double) {
        // What was there once may be missing for a while, and is there all the same.
        starts = max(starts, signs.starts)
        if starts > 0 { (begun, heard, node) = (begun ?? now, heard ?? now, signs.node ?? node) }
        guard signs.beat != beat, signs.beat != nil else { return }
        (beat, heard) = (signs.beat, now)
    }

    /// It cannot give one, and need not.
    mutating func excuse(now: Double) { heard = now }

    /// Seconds since the latest.
    func quiet(now: Double) -> Double { now - (heard ?? now) }
}
