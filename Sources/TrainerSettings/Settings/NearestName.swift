/// "; did you mean 'x'?" for the candidate that goes by that name elsewhere, or is nearest by edit distance, or nothing where none is near.
package func nearestHint(to name: String, among candidates: [String]) -> String {
    if let spoken = OtherNames.hint(for: name, among: candidates) { return "; did you mean \(spoken)?" }
    guard let nearest = nearestName(to: name, among: candidates) else { return "" }
    return "; did you mean '\(nearest)'?"
}

/// The candidate within a third of the name's length by edit distance (Damerau-Levenshtein), the first of equals.
package func nearestName(to name: String, among candidates: [String]) -> String? {
    // A slip of the finger is no page of text, and a distance takes time in the product of the lengths.
    guard name.utf8.count <= 200 else { return nil }
    let ranked = candidates.map { ($0, editDistance(Array(name.lowercased()), Array($0.lowercased()))) }
    guard let (candidate, distance) = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
    return distance <= max(2, name.count / 3) && distance < candidate.count ? candidate : nil
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    for i in 1...a.count {
        for j in 1...b.count {
            let substitution = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, substitution)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
            }
        }
    }
    return rows[a.count][b.count]
}
