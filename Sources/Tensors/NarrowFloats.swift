/// How 32-bit floats become narrower ones: to the nearest, of two equally near ones to the even.
extension Float {
    /// The bits of the nearest bfloat16: its upper half.
    package var bfloat16Bits: UInt16 {
        guard !isNaN else { return 0x7FC0 }
        return UInt16(truncatingIfNeeded: (bitPattern + 0x7FFF + (bitPattern >> 16 & 1)) >> 16)
    }

    /// The bits of the nearest IEEE half; beyond 65,504 those of infinity. By hand: Float16 is not there on every platform.
    package var halfBits: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern >> 16 & 0x8000)
        let magnitude = bitPattern & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
        // 65,520 and more.
        if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
        if magnitude < 0x3880_0000 {
            // Below the smallest normal number: counted in steps of 2^-24.
            let steps = (Float(bitPattern: magnitude) * 16_777_216).rounded(.toNearestOrEven)
            return sign | UInt16(steps)
        }
        let rounded = magnitude + 0xFFF + (magnitude >> 13 & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded - 0x3800_0000) >> 13)
    }
}

extension Float {
    /// The value of an IEEE half given by its bits.
    package init(halfBits bits: UInt16) {
        let (exponent, fraction) = (UInt32(bits >> 10 & 0x1F), UInt32(bits & 0x3FF))
        let sign = UInt32(bits & 0x8000) << 16
        switch exponent {
        case 0:
            let magnitude = Float(fraction) / 16_777_216
            self = sign == 0 ? magnitude : -magnitude
        case 0x1F: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
