import Checkpoints
import Layers

extension Attachments {
    /// A site's weight as it is packed: without what the method takes away from it.
    func changed(_ weight: FloatTensor, of site: Site) -> FloatTensor {
        guard let values = change?.changed(weight.values, of: site) else { return weight }
        return FloatTensor(copying: values, shape: weight.shape)
    }

    /// Which of a model's sites are packed together, and whether these are the same in other trials: where nothing is taken away from them,
    /// those whose weights are trained are packed too, and never read.
    func packed(_ sites: [Site], isTrained: (Site) -> Bool) -> (sites: [Site], areShared: Bool) {
        let frozen = sites.filter { !isTrained($0) }
        let areShared = change == nil && !frozen.isEmpty
        return (areShared ? sites : frozen, areShared)
    }
}
