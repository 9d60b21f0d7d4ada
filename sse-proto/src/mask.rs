//! Finds the line ends among 64 bytes, as the bits of a mask.
//!
//! This is safe code that the compiler turns into vector instructions, about one for two bytes.
//!
//! The comparison of 64 bytes results in 64 bytes, but a mask has 64 bits. Processors have an instruction for
//! this conversion, but safe code cannot use it. So each row of eight bytes uses another bit: row `k` sets bit
//! `k` of its bytes. The eight rows are then combined with OR into one word of eight bytes. This word is a
//! square of eight by eight bits. With its rows and columns exchanged, it is the mask.

/// The number of bytes that are searched at once.
pub(crate) const BLOCK: usize = u64::BITS as usize;

/// Returns a mask in which bit `n` is set if byte `n` is CR or LF. Returns `None` if no byte is.
#[inline]
pub(crate) fn line_ends(block: &[u8; BLOCK]) -> Option<u64> {
    let mut bits = [0_u8; BLOCK];
    for ((bits, byte), n) in bits.iter_mut().zip(block).zip(0_u8..) {
        let is_end = *byte == b'\n' || *byte == b'\r';
        *bits = if is_end { 1 << (n / 8) } else { 0 };
    }
    let (rows, _) = bits.as_chunks::<8>();
    let square = rows
        .iter()
        .fold(0, |square, row| square | u64::from_le_bytes(*row));
    if without_first(square) != 0 {
        return Some(transposed(square));
    }
    (square != 0).then(|| transposed_bit(square.trailing_zeros()))
}

/// Returns the mask without its lowest bit.
#[inline]
pub(crate) const fn without_first(mask: u64) -> u64 {
    mask & mask.wrapping_sub(1)
}

/// Exchanges rows and columns of a square in which only this bit is set.
#[inline]
const fn transposed_bit(bit: u32) -> u64 {
    1 << (bit % 8 * 8 + bit / 8)
}

/// Exchanges rows and columns of a square: first single bits, then squares of two by two, then squares of
/// four by four.
#[inline]
fn transposed(square: u64) -> u64 {
    let exchanges = [
        (7, 0x00AA_00AA_00AA_00AA),
        (14, 0x0000_CCCC_0000_CCCC),
        (28, 0x0000_0000_F0F0_F0F0),
    ];
    exchanges.iter().fold(square, |square, (by, which)| {
        let differing = (square ^ (square >> by)) & which;
        square ^ differing ^ (differing << by)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_and_every_byte_has_its_bit() {
        for place in 0..BLOCK {
            for byte in 0..=u8::MAX {
                let mut block = [b'x'; BLOCK];
                block[place] = byte;
                let expected = u64::from(byte == b'\n' || byte == b'\r') << place;
                assert_eq!(line_ends(&block).unwrap_or_default(), expected);
                assert_eq!(line_ends(&block).is_some(), expected != 0);
            }
        }
    }

    #[test]
    fn every_pair_has_its_bits() {
        for first in 0..BLOCK {
            for second in 0..first {
                let mut block = [0x8A; BLOCK];
                block[first] = b'\r';
                block[second] = b'\n';
                assert_eq!(line_ends(&block), Some(1 << first | 1 << second));
            }
        }
    }

    #[test]
    fn neighbours_do_not_mix() {
        let every_third = core::array::from_fn(|n| if n % 3 == 0 { b'\n' } else { 0x8A });
        let expected = (0..BLOCK).step_by(3).fold(0, |mask, n| mask | 1 << n);
        assert_eq!(line_ends(&every_third), Some(expected));
        assert_eq!(line_ends(&[b'\n'; BLOCK]), Some(u64::MAX));
    }
}
