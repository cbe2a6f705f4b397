import Finetuning
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SearchSpaces
import Serving
import TrainerSettings

@testable import ModelServer
