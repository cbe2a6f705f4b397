import HTTPAccess
import HTTPTypes
package import Serving

/// Texts whose classes are asked for.
package struct ClassifyRequest: Sendable {
    package let model: String?
    package let texts: [String]

    /// - Throws: a refusal that names the field.
    package init(_ fields: RequestFields) throws {
        var fields = fields
        model = try fields.text("model")
        guard let texts = try fields.texts("input") else {
            throw Refusal(.badRequest, "'input' is missing: a text, or a list of texts")
        }
        self.texts = texts
        try fields.end()
    }
}

/// An adapter that is to be put on the base.
package struct AdapterRequest: Sendable {
    package let name: AdapterName
    /// In the server's folder of adapters.
    package let folder: AdapterName

    /// - Throws: a refusal that names the field, or `ServingError` for what is no name.
    package init(_ fields: RequestFields) throws {
        var fields = fields
        guard let name = try fields.text("name") else { throw Refusal(.badRequest, "'name' is missing") }
        self.name = try AdapterName(name)
        folder = try AdapterName(try fields.text("folder") ?? name)
        try fields.end()
    }
}
