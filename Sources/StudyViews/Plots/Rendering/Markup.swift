import TrainerSettings

/// Texts that others read as markup. Names, values and logs come from programs that nobody vouches for: each is shown as it is.
package enum Markup {
    /// For HTML, SVG and the value of an attribute in quotes.
    package static func text(_ text: String) -> String {
        var escaped = ""
        for character in text.printable {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    /// For plotly, which knows some of HTML's elements and entities; a line break is one.
    static func plotly(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { self.text(String($0)) }.joined(separator: "<br>")
            .replacing("&quot;", with: "\"").replacing("&#39;", with: "'")
    }

    /// For a table or a paragraph of Markdown, which may have HTML in it.
    package static func markdown(_ text: String) -> String {
        var escaped = ""
        for character in self.text(text) {
            if "\\`*_{}[]()#+!|~$".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped.replacing("&#39;", with: "'").replacing("&\\#39;", with: "'").replacing("&quot;", with: "\"")
    }
}
