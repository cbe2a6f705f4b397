extension Unicode.Scalar {
    /// Whether a terminal obeys it rather than shows it: controls, and what turns the direction of writing, so that a line reads
    /// otherwise than it is.
    package var commandsTerminals: Bool {
        switch self {
        case "\u{61C}", "\u{200E}", "\u{200F}", "\u{2028}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
        default: properties.generalCategory == .control
        }
    }
}
