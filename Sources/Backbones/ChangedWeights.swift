import Checkpoints
import Layers

extension Attachments {
    /// A site's weight as it is packed: without what the method takes away from it.
    func changed(_ weight: FloatTensor, of site: Site) -> FloatTensor {
        guard let values = change?.changed(weight.values, of: site) else { return weight }
        return FloatTensor(copying: values, shape: weight.shape)
    }
}
