"""What make_unicode_tables.py and make_bpe_tables.py share: tables of characters as Swift literals."""

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
HANGUL = range(0xAC00, 0xD7A4)  # composed and decomposed by arithmetic


def note(script):
    return f"// Made by Benchmarks/{script} from the reference; do not edit.\n\n"


def ranges(members):
    """Pairs of the first and the last of those that follow one another."""
    pairs = []
    for c in members:
        if pairs and pairs[-1][1] == c - 1:
            pairs[-1][1] = c
        else:
            pairs.append([c, c])
    return [end for pair in pairs for end in pair]


def literal(name, comment, numbers):
    """A static member of UnicodeTables."""
    lines, line = [], " " * 7
    for text in (f" {n:#x}," for n in numbers):
        if len(line) + len(text) > 120:
            lines.append(line)
            line = " " * 7
        line += text
    return f"    /// {comment}\n    static let {name}: [UInt32] = [\n" + "\n".join(lines + [line]) + "\n    ]\n"
