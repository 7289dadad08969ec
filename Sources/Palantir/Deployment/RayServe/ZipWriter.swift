import NIOCore

/// The pieces of a zip file (PKWARE's APPNOTE) whose entries are stored as they are, all with one time: the same contents
/// give the same bytes.
struct ZipWriter {
    private var directory = ByteBuffer()
    private var count = 0
    private var offset = 0

    /// The format's own limit without its extension for larger ones.
    static let largest = Int(UInt32.max)
    /// 1980-01-01, 0:00, the earliest that the format has.
    private static let date: UInt16 = 0x21
    /// A regular file that its owner may write and all may read, as Unix has it.
    private static let attributes = UInt32(0o100_644) << 16

    /// What comes before an entry's contents.
    ///
    /// - Returns: nil if the archive would become too large.
    mutating func header(of name: String, size: Int, crc: UInt32) -> ByteBuffer? {
        guard offset + size + name.utf8.count + 30 <= Self.largest, count < UInt16.max, name.utf8.count <= UInt16.max
        else { return nil }
        var header = ByteBuffer()
        header.writeInteger(0x0403_4B50, endianness: .little, as: UInt32.self)
        Self.writeFields(of: name, size: size, crc: crc, to: &header)
        header.writeString(name)

        directory.writeInteger(0x0201_4B50, endianness: .little, as: UInt32.self)
        // Made on Unix, by version 2.0.
        directory.writeInteger(0x0314, endianness: .little, as: UInt16.self)
        Self.writeFields(of: name, size: size, crc: crc, to: &directory)
        directory.writeRepeatingByte(0, count: 6)
        directory.writeInteger(Self.attributes, endianness: .little)
        directory.writeInteger(UInt32(offset), endianness: .little)
        directory.writeString(name)
        offset += header.readableBytes + size
        count += 1
        return header
    }

    /// What comes after the last entry.
    func end() -> ByteBuffer {
        var end = directory
        end.writeInteger(0x0605_4B50, endianness: .little, as: UInt32.self)
        end.writeRepeatingByte(0, count: 4)
        end.writeInteger(UInt16(count), endianness: .little)
        end.writeInteger(UInt16(count), endianness: .little)
        end.writeInteger(UInt32(directory.readableBytes), endianness: .little)
        end.writeInteger(UInt32(offset), endianness: .little)
        end.writeInteger(0, endianness: .little, as: UInt16.self)
        return end
    }

    /// Which both of an entry's headers hold: version, flags, method, time, date, checksum, sizes and lengths.
    private static func writeFields(of name: String, size: Int, crc: UInt32, to buffer: inout ByteBuffer) {
        // Version 2.0; names are UTF-8; stored; midnight.
        let fields: [UInt16] = [20, 0x0800, 0, 0, date]
        for field in fields { buffer.writeInteger(field, endianness: .little) }
        buffer.writeInteger(crc, endianness: .little)
        buffer.writeInteger(UInt32(size), endianness: .little)
        buffer.writeInteger(UInt32(size), endianness: .little)
        buffer.writeInteger(UInt16(name.utf8.count), endianness: .little)
        buffer.writeInteger(0, endianness: .little, as: UInt16.self)
    }
}

/// The checksum that zip files use (ISO 3309), piece by piece.
struct CRC32 {
    private(set) var value: UInt32 = 0

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var crc = ~value
        Self.table.withUnsafeBufferPointer { table in
            for byte in bytes { crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8) }
        }
        value = ~crc
    }
}
