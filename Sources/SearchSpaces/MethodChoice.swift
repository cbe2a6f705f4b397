/// The method that `auto` stands for in a study, and why.
///
/// The rules are what the search benchmark measures: on full trials the Gaussian process was ahead of TPE from 25 to 100
/// trials on every problem, conditional and mixed ones too, and with 20 and 40 parameters; so too where trials end early, with a
/// training's noise and without. It learns from 300 trials at most; for more than forty parameters nothing speaks for it yet.
package struct MethodChoice: Sendable, Hashable {
    /// Never `auto`.
    package let method: Method
    /// Words that go after "because"; nil where the user chose.
    package let reason: String?

    private static let mostTrials = 300
    private static let mostParameters = 40

    package init(_ study: StudySpecification) {
        let trials = study.trialCount
        let varying = study.space.parameters.count { $0.distribution.count != 1 }
        guard study.method == .auto else {
            (method, reason) = (study.method, nil)
            return
        }
        if study.isGrid, let size = study.space.size {
            (method, reason) = (.grid, "\(trials) trials cover all \(size) configurations")
        } else if trials > Self.mostTrials {
            (method, reason) = (.tpe, "\(trials) trials are more than the \(Self.mostTrials) that gp learns from")
        } else if varying > Self.mostParameters {
            (method, reason) = (.tpe, "\(varying) parameters are more than the \(Self.mostParameters) that gp does well with")
        } else {
            let kind = study.earlyTermination == .none ? "full trials" : "trials that may end early,"
            (method, reason) = (
                .gp, "it wins the most from \(trials) \(kind) of \(varying) parameter\(varying == 1 ? "" : "s")"
            )
        }
    }
}
