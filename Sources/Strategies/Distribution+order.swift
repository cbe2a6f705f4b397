import SearchSpaces
import TrainerSettings

extension Distribution {
    /// Whether it lists three or more rising or falling numbers, all alike in probability: whoever writes 2, 4, 8, 16 means
    /// equal steps.
    var isOrderedList: Bool {
        guard case .categorical(let values, nil) = self else { return false }
        let numbers = values.compactMap(\.number)
        guard numbers.count == values.count, numbers.count > 2 else { return false }
        let steps = zip(numbers, numbers.dropFirst()).map { $1 - $0 }
        return steps.allSatisfy { $0 > 0 } || steps.allSatisfy { $0 < 0 }
    }
}
