// swift-tools-version: 6.2
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "autolora",
    products: [.executable(name: "autolora", targets: ["autolora"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .executableTarget(
            name: "autolora",
            dependencies: [
                "autolora-supervisor", "BuiltInTrainer", "Controller", "Conversions", "Dashboard", "Exports", "Finetuning",
                "HTTPAccess", "Imports", "ModelServer", "Serving",
                "SpaceFiles",
                "Tokenizers",
                "CSupervisor",
                "CStartup",
                argumentParser, subprocess, systemPackage,
            ]),

        // What both towers know.
        .target(name: "TrainerSettings"),

        // The searching tower.
        .target(name: "SearchSpaces", dependencies: ["TrainerSettings"]),
        .target(name: "SpaceFiles", dependencies: ["SearchSpaces", yams]),
        .target(name: "Studies", dependencies: ["SearchSpaces"]),
        .target(name: "Confirmations", dependencies: ["Studies"]),
        .target(name: "Strategies", dependencies: ["Studies", "COpenBLAS"]),
        .target(name: "Schedulers", dependencies: ["Studies"]),
        .target(name: "StudyStore", dependencies: ["Studies", grdb, sqlite, systemPackage]),
        .target(
            name: "TrialRunners", dependencies: ["CSupervisor", "Studies", subprocess, systemPackage],
            exclude: ["Local/CSupervisor"]),
        // A part of the room of local runs, in C: it works between fork and exec.
        .target(name: "CSupervisor", path: "Sources/TrialRunners/Local/CSupervisor", exclude: ["program"]),
        // Beside the binary, which starts it: a program without Swift's library takes a fiftieth of the memory and starts at once.
        .executableTarget(
            name: "autolora-supervisor", dependencies: ["CSupervisor"],
            path: "Sources/TrialRunners/Local/CSupervisor/program"),
        .target(
            name: "Trainers", dependencies: ["SpaceFiles", "Studies"],
            // The Python that trials run: it goes with the binary, and into each trial's folder.
            resources: [.embedInCode("Programs")]),
        .target(
            name: "Controller",
            dependencies: [
                "Confirmations", "Strategies", "Schedulers", "StudyStore", "TrialRunners", "Trainers", systemPackage,
            ]),
        .target(name: "StudyViews", dependencies: ["Confirmations", "Studies", "StudyStore"]),
        .target(name: "Exports", dependencies: ["StudyViews", grdb, sqlite, yams]),
        .target(
            // NIOCore, HTTPTypes and Logging, whose types Hummingbird's own interface has, come with it.
            name: "Dashboard", dependencies: ["Exports", "HTTPAccess", "StudyViews", hummingbird],
            // The page goes with the binary.
            resources: [.embedInCode("Page")]),
        .target(name: "Imports", dependencies: ["Studies", grdb]),
        .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CStartup"),

        // The training tower.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "Tensors", dependencies: ["CKernels"]),
        .target(name: "Checkpoints", dependencies: ["Tensors", "TrainerSettings"]),
        .target(name: "Tokenizers", dependencies: ["TrainerSettings"]),
        .target(name: "Layers", dependencies: ["Tensors"]),
        .target(name: "Backbones", dependencies: ["Layers", "Checkpoints", "TrainerSettings"]),
        .target(name: "Methods", dependencies: ["Backbones", "TrainerSettings", "COpenBLAS"]),
        .target(name: "Tasks", dependencies: ["Backbones", "Tokenizers", "TrainerSettings"]),
        .target(name: "Finetuning", dependencies: ["Methods", "Tasks", "TrainerSettings"]),

        .target(name: "Conversions", dependencies: ["Finetuning"]),

        // What was trained is used: requests for several adapters on one base, without HTTP and over it.
        .target(name: "Serving", dependencies: ["Finetuning"]),
        .target(name: "ModelServer", dependencies: ["HTTPAccess", "Serving", hummingbird]),
        .target(name: "HTTPAccess", dependencies: [hummingbird]),

        // Where the towers meet.
        .target(
            name: "BuiltInTrainer", dependencies: ["Finetuning", "StudyStore", "Trainers"]),

        // Search quality and overhead; here rather than in Benchmarks/Package.swift, which sees no package declarations.
        .executableTarget(
            name: "search-benchmark",
            dependencies: ["BuiltInTrainer", "Confirmations", "Strategies", "Schedulers", "StudyStore"],
            path: "Benchmarks/search",
            exclude: [
                "README.md", "problems.py", "compare.py", "overhead.py", "lookup.py", "clock.py", "clock_plot.py",
                "optuna_clock.py", "several_metrics.py",
            ]),

        // Mutated inputs for whatever reads what comes from outside; `make fuzz` runs it.
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "BuiltInTrainer", "Exports", "Finetuning", "ModelServer", "Strategies", "Schedulers", "StudyStore",
                "TrialRunners",
                argumentParser,
                grdb,
                yams,
            ],
            path: "Tests/Fuzzing"),
        .target(name: "TestSupport", dependencies: ["Controller"], path: "Tests/TestSupport"),
        .testTarget(name: "TrainerSettingsTests", dependencies: ["TrainerSettings"]),
        .testTarget(name: "SearchSpacesTests", dependencies: ["SearchSpaces"]),
        .testTarget(name: "SpaceFilesTests", dependencies: ["BuiltInTrainer", "SpaceFiles"]),
        .testTarget(name: "StudiesTests", dependencies: ["Studies", "TestSupport"]),
        .testTarget(name: "ConfirmationsTests", dependencies: ["Confirmations", "TestSupport"]),
        .testTarget(name: "StrategiesTests", dependencies: ["Strategies", "TestSupport"]),
        .testTarget(name: "SchedulersTests", dependencies: ["Schedulers", "TestSupport"]),
        .testTarget(
            name: "StudyStoreTests", dependencies: ["autolora", "StudyStore", "TestSupport", grdb], exclude: ["Fixtures"]),
        .testTarget(name: "TrialRunnersTests", dependencies: ["autolora", "SearchSpaces", "TrialRunners", "TestSupport"]),
        .testTarget(
            name: "TrainersTests", dependencies: ["BuiltInTrainer", "Controller", "TestSupport"], exclude: ["Fixtures"]),
        .testTarget(name: "BuiltInTrainerTests", dependencies: ["BuiltInTrainer", "TestSupport"]),
        .testTarget(name: "ControllerTests", dependencies: ["BuiltInTrainer", "Controller", "TestSupport", grdb]),
        .testTarget(name: "StudyViewsTests", dependencies: ["StudyViews", "TestSupport"], exclude: ["Fixtures"]),
        .testTarget(name: "ServingTests", dependencies: ["Serving"]),
        .testTarget(name: "ModelServerTests", dependencies: ["ModelServer", "TestSupport", hummingbirdTesting]),
        .testTarget(name: "DashboardTests", dependencies: ["Dashboard", "TestSupport", hummingbirdTesting]),
        .testTarget(name: "ImportsTests", dependencies: ["Imports", "TestSupport", grdb], exclude: ["Fixtures"]),
        .testTarget(name: "ExportsTests", dependencies: ["Exports", "Imports", "SpaceFiles", "TestSupport", grdb, yams]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"], exclude: ["Fixtures"]),
        .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints"], exclude: ["Fixtures"]),
        .testTarget(name: "TokenizersTests", dependencies: ["Tokenizers"], exclude: ["Fixtures"]),
        .testTarget(name: "LayersTests", dependencies: ["Layers"]),
        .testTarget(name: "BackbonesTests", dependencies: ["Methods"], exclude: ["Fixtures"]),
        .testTarget(name: "MethodsTests", dependencies: ["Methods"], exclude: ["Fixtures"]),
        .testTarget(name: "TasksTests", dependencies: ["Tasks"], exclude: ["Fixtures"]),
        .testTarget(name: "FinetuningTests", dependencies: ["Finetuning"], exclude: ["Fixtures"]),
        .testTarget(name: "ConversionsTests", dependencies: ["Conversions"]),
        .testTarget(name: "SearchBenchmarkTests", dependencies: ["search-benchmark", "Controller", "TestSupport"]),
        .testTarget(name: "FuzzingTests", dependencies: ["fuzz", "SpaceFiles", "TestSupport"]),
        .testTarget(name: "EndToEndTests", dependencies: ["autolora", "Controller", "TestSupport", grdb]),
    ]
)

let inC: Set<String> = ["CKernels", "COpenBLAS", "CStartup", "CSupervisor", "autolora-supervisor"]
for target in package.targets where ![.system, .binary].contains(target.type) && !inC.contains(target.name) {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}

// A test of a search plays hundreds of studies; without optimization the Gaussian process alone takes minutes, and the seeds' model as long.
for target in package.targets where ["Strategies", "Confirmations"].contains(target.name) {
    target.swiftSettings?.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
}
