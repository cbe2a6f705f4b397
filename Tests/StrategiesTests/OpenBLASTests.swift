import Strategies
import Testing

@Suite struct OpenBLASTests {
    @Test func `the library is loaded and names its version and core`() throws {
        try OpenBLAS.load()
        #expect(OpenBLAS.version?.first?.isNumber == true)
        #expect(OpenBLAS.coreName?.isEmpty == false)
    }

    @Test func `where it cannot be loaded the way out is named`() {
        let error = StrategyError.noLinearAlgebra("no such file")
        #expect("\(error)".contains("no such file; install libopenblas0") && "\(error)".contains("`method: tpe`"))
    }
}
