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
            .object(["name": .string(parameter.name), "log": .bool(parameter.distribution.isLogarithmic)])
        }
        return known + others.map { .object(["name": .string($0), "log": .bool(false)]) }
    }
}
