import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// What a study's page begins with.
enum StudyAnswer {
    static func json(
        _ status: StudyStatus, _ names: (parameters: [String], figures: [String]), _ specification: StudySpecification?,
        _ requests: RequestLog
    ) -> SettingValue {
        let study = status.study
        var answer: [String: SettingValue] = [
            "status": status.json, "holder": .text(status.holder), "run_cap": .int(study.runCap),
            "workers": .int(study.workers), "seed": .int(study.seed), "created_at": .double(study.createdAt),
            "finished_at": .number(study.finishedAt), "problem": .text(status.problem),
            "space_file": .string(study.spaceFile), "space_file_name": .string(study.spaceFileName),
            "parameters": .array(parameters(names.parameters, specification)),
            "metrics": .array(names.figures.map(SettingValue.string)),
            "warning": .text(status.noise.flatMap { status.confirmed?.line == nil ? $0.warning(study.name) : nil }),
            "confirmed": .text(status.confirmed?.standing(study.name)),
        ]
        answer["pending"] = .array(requests.pending.map(SteeringAnswer.json))
        answer["notes"] = SteeringAnswer.json(requests.notes[nil])
        answer["tags"] = SteeringAnswer.json(requests.tags[nil])
        return .object(answer)
    }

    /// In the space file's order, and then what else trials have, as when a space was changed.
    private static func parameters(_ tried: [String], _ specification: StudySpecification?) -> [SettingValue] {
        let declared = specification?.space.parameters ?? []
        let names = declared.map(\.name)
        let others = tried.filter { !names.contains($0) }
        let known = declared.map { parameter -> SettingValue in
            var known: [String: SettingValue] = [
                "name": .string(parameter.name), "log": .bool(parameter.distribution.isLogarithmic),
            ]
            if let choices = parameter.distribution.choices { known["choices"] = .array(choices) }
            if let bounds = parameter.distribution.bounds, parameter.distribution.choices == nil {
                known["range"] = .string("\(SettingValue.short(bounds.lowerBound)) to \(SettingValue.short(bounds.upperBound))")
            }
            return .object(known)
        }
        return known + others.map { .object(["name": .string($0), "log": .bool(false)]) }
    }
}

extension Distribution {
    /// The values that it draws from, where these are told one by one.
    fileprivate var choices: [SettingValue]? {
        switch self {
        case .constant(let value): [value]
        case .categorical(let values, _): values
        default: nil
        }
    }
}
