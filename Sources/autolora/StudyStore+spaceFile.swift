import BuiltInTrainer
import SearchSpaces
import SpaceFiles
import StudyStore
import Trainers

extension StudyStore {
    /// The space file that the store keeps, read again.
    ///
    /// - Throws: `StudyStoreError.damaged` where it cannot be read any more: the user's own file is not to blame.
    func spaceFile(of record: StudyRecord) throws(StudyStoreError) -> SpaceFile {
        do throws(SpaceFileError) {
            return try SpaceFile(
                text: record.spaceFile,
                SpaceFilePlace(file: record.spaceFileName, folder: record.folder, isOnRecord: true),
                trainers: TrainerList.standard.types)
        } catch {
            throw .damaged(path: folder.database, reason: "the space file kept in it, once \(error)")
        }
    }
}
