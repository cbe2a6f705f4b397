import HTTPAccess
package import HTTPTypes
import Hummingbird
import NIOCore
import Serving
import Tokenizers
import TrainerSettings

/// Answers of the server.
package enum ServerReply {
    static func json(_ value: SettingValue, status: HTTPResponse.Status = .ok) -> Response {
        text(JSONWriter.text(value, .page), type: "application/json", status: status)
    }

    static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Why there is no answer, as OpenAI has it.
    static func refusal(_ error: any Error) -> Response {
        let status = status(of: error)
        var response = json(refusal(words(error), status), status: status)
        if status == .tooManyRequests { response.headers[.retryAfter] = "1" }
        // What is left of a body that is too large, or too slow, is not waited for.
        if [.contentTooLarge, .requestTimeout].contains(status) { response.headers[.connection] = "close" }
        return response
    }

    static func refusal(_ words: String, _ status: HTTPResponse.Status) -> SettingValue {
        let type =
            switch status.code {
            case 401: "authentication_error"
            case 404: "not_found_error"
            case 429: "rate_limit_error"
            case 500...: "server_error"
            default: "invalid_request_error"
            }
        return .object([
            "error": .object(["message": .string(words), "type": .string(type), "code": .int(status.code), "param": .null])
        ])
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as HTTPError: error.body ?? "there is nothing of that name here"
        case is NIOTooManyBytesError: "the request is too large; send less text, or several requests"
        default: "\(error)"
        }
    }

    package static func status(of error: any Error) -> HTTPResponse.Status {
        switch error {
        case let error as Refusal: error.status
        case let error as HTTPError: error.status
        case let error as ServingError:
            switch error.kind {
            case .invalid: .badRequest
            case .unknown: .notFound
            case .conflict: .conflict
            case .busy: .tooManyRequests
            case .stopping: .serviceUnavailable
            }
        case is JSONInputError, is TokenizerError: .badRequest
        case is NIOTooManyBytesError: .contentTooLarge
        default: .internalServerError
        }
    }
}
