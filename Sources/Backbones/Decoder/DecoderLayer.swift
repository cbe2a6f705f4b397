import Layers
import Tensors

/// One layer of a decoder.
struct DecoderLayer {
    /// Linear layers that read one input.
    struct Input {
        let group: LinearGroup
        let roles: [DecoderRole]

        var hasQuery: Bool { roles.contains(.query) || roles == [.input] }
        /// Whether the query stands apart, and can be computed for chosen tokens alone.
        var isQuery: Bool { roles == [.query] }
    }

    /// Together query, key and value, in this order, unless they have to stand apart.
    let inputs: [Input]
    let output: LinearGroup
    /// Together the gate and what it gates, unless they have to stand apart.
    let gates: [Input]
    let down: LinearGroup
    let norms: DecoderNorms
    /// What reads the layer's result, and adds to it; nil: nothing.
    let insertion: (any LayerInsertion)?
    let kind: DecoderConfiguration.LayerKind
    /// Whether the gradient of the keys is read even where the layer's input needs none.
    let tunesKey: Bool

    var groups: [LinearGroup] { inputs.map(\.group) + [output] + gates.map(\.group) + [down] }
    /// What has a higher order needs the gradient of the layer's input.
    var order: Int { inputs[0].group.order }
    var gatesOrder: Int { gates[0].group.order }
    var hasQueryApart: Bool { inputs.contains(where: \.isQuery) }

    /// - Parameters:
    ///   - linears: all that the layer has.
    ///   - queryApart: the query is computed for other rows than key and value, unless one matrix makes them.
    init(
        _ linears: [DecoderRole: Linear], norms: DecoderNorms, kind: DecoderConfiguration.LayerKind, _ attachments: Attachments,
        queryApart: Bool
    ) {
        func group(_ roles: DecoderRole...) -> Input {
            Input(group: LinearGroup(roles.compactMap { linears[$0] }, attachments: attachments), roles: roles)
        }
        if linears[.input] != nil {
            inputs = [group(.input)]
            gates = [group(.gates)]
        } else if attachments.areSeparate {
            inputs = [group(.query), group(.key), group(.value)]
            gates = [group(.gate), group(.up)]
        } else {
            inputs = queryApart ? [group(.query), group(.key, .value)] : [group(.query, .key, .value)]
            gates = [group(.gate, .up)]
        }
        output = group(.output).group
        down = group(.down).group
        self.norms = norms
        insertion = linears[.down].flatMap { attachments.insert($0.site) }
        self.kind = kind
        tunesKey =
            norms.key?.place != nil || (linears[.key] ?? linears[.input]).map { attachments.tunes($0.site) } ?? false
    }
}
