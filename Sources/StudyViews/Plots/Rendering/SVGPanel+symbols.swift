extension SVGPanel {
    /// A layer's mark in the legend.
    static func key(_ mark: PlotMark, x: Double, y: Double, _ color: String) -> String {
        switch mark {
        case .dots(let symbol): return symbolText(symbol, x, y, color)
        case .ranges: return symbolText(.diamond, x, y, color)
        case .bars, .spans, .cells:
            return #"<rect class="\#(color)" x="\#((x - 5).svg)" y="\#((y - 4).svg)" width="10" height="8"/>"#
        case .line, .steps, .guides, .words:
            return #"<path class="\#(color)" stroke-width="2" d="M\#((x - 6).svg) \#(y.svg)h12"/>"#
        }
    }

    private static func symbolText(_ symbol: PlotSymbol, _ x: Double, _ y: Double, _ color: String) -> String {
        self.symbol(symbol, x: x, y: y, size: 4, color)
    }

    static func symbol(_ symbol: PlotSymbol, x: Double, y: Double, size: Double, _ color: String) -> String {
        switch symbol {
        case .circle: #"<circle class="\#(color)" fill-opacity="0.75" cx="\#(x.svg)" cy="\#(y.svg)" r="\#(size.svg)"/>"#
        case .ring: #"<circle class="\#(color)" style="fill:none" cx="\#(x.svg)" cy="\#(y.svg)" r="\#(size.svg)"/>"#
        case .square:
            #"<rect class="\#(color)" x="\#((x - size).svg)" y="\#((y - size).svg)" width="\#((2 * size).svg)" height="\#((2 * size).svg)"/>"#
        case .diamond:
            #"<path class="\#(color)" d="M\#(x.svg) \#((y - size).svg)l\#(size.svg) \#(size.svg)l\#((-size).svg) \#(size.svg)l\#((-size).svg) \#((-size).svg)z"/>"#
        case .triangle:
            #"<path class="\#(color)" d="M\#(x.svg) \#((y - size).svg)l\#(size.svg) \#((1.8 * size).svg)h\#((-2 * size).svg)z"/>"#
        case .cross:
            #"<path class="\#(color)" stroke-width="1.5" d="M\#((x - size).svg) \#((y - size).svg)l\#((2 * size).svg) \#((2 * size).svg)m0 \#((-2 * size).svg)l\#((-2 * size).svg) \#((2 * size).svg)"/>"#
        }
    }
}
