import HTTPAccess
import HTTPTypes
import Hummingbird
import NIOCore
import StudyStore
import StudyViews
import TrainerSettings

/// Answers of the server.
enum Reply {
    static func json(_ value: SettingValue, status: HTTPResponse.Status = .ok) -> Response {
        text(JSONWriter.text(value, .page), type: "application/json", status: status)
    }

    /// JSON that was written before.
    static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type + "; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Why there is no answer, for the page to show.
    static func refusal(_ error: any Error) -> Response {
        let words = (error as? HTTPError).map { $0.body ?? "there is nothing of that name here" } ?? errorText(error)
        return json(.object(["error": .string(words)]), status: status(of: error))
    }

    private static func status(of error: any Error) -> HTTPResponse.Status {
        switch error {
        case let error as Refusal: error.status
        case let error as HTTPError: error.status
        case let error as StudyStoreError:
            switch error {
            case .noSuchStudy, .badName: .notFound
            case .busy: .serviceUnavailable
            default: .conflict
            }
        case is StudyViewError, is JSONInputError: .badRequest
        case is NIOTooManyBytesError: .contentTooLarge
        default: .internalServerError
        }
    }
}
