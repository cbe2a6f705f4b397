import Finetuning
import Foundation
import TrainerSettings

/// Texts as OpenAI's clients read them, whole or piece by piece.
struct TextAnswer: Sendable {
    let isChat: Bool
    let model: String
    private let id: String
    private let created = Int(Date().timeIntervalSince1970)

    init(_ request: TextRequest, model: String) {
        (isChat, self.model) = (request.isChat, request.model ?? model)
        id = (isChat ? "chatcmpl-" : "cmpl-") + UUID().uuidString.lowercased()
    }

    /// All texts.
    func whole(_ texts: [(text: String, end: WrittenText.End)], _ usage: SettingValue) -> SettingValue {
        let choices = texts.enumerated().map { index, written in
            var choice: [String: SettingValue] = [
                "index": .int(index), "finish_reason": .string(Self.reason(written.end)), "logprobs": .null,
            ]
            if isChat {
                choice["message"] = .object(["role": .string("assistant"), "content": .string(written.text)])
            } else {
                choice["text"] = .string(written.text)
            }
            return SettingValue.object(choice)
        }
        return object(isChat ? "chat.completion" : "text_completion", choices, usage)
    }

    /// A piece of a text, or its end.
    func piece(_ text: String, isFirst: Bool = false, end: WrittenText.End? = nil) -> SettingValue {
        var choice: [String: SettingValue] = [
            "index": .int(0), "finish_reason": end.map { .string(Self.reason($0)) } ?? .null, "logprobs": .null,
        ]
        if isChat {
            var delta: [String: SettingValue] = end == nil ? ["content": .string(text)] : [:]
            if isFirst { delta["role"] = .string("assistant") }
            choice["delta"] = .object(delta)
        } else {
            choice["text"] = .string(text)
        }
        return object(isChat ? "chat.completion.chunk" : "text_completion", [.object(choice)], nil)
    }

    /// A stream's last piece.
    func usage(_ usage: SettingValue) -> SettingValue {
        object(isChat ? "chat.completion.chunk" : "text_completion", [], usage)
    }

    static func usage(prompt: Int, written: Int) -> SettingValue {
        .object([
            "prompt_tokens": .int(prompt), "completion_tokens": .int(written), "total_tokens": .int(prompt + written),
        ])
    }

    private func object(_ kind: String, _ choices: [SettingValue], _ usage: SettingValue?) -> SettingValue {
        var values: [String: SettingValue] = [
            "id": .string(id), "object": .string(kind), "created": .int(created), "model": .string(model),
            "choices": .array(choices),
        ]
        if let usage { values["usage"] = usage }
        return .object(values)
    }

    private static func reason(_ end: WrittenText.End) -> String { end == .length ? "length" : "stop" }
}
