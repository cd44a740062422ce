package org.dlora.replica.wire;

import java.util.Arrays;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SequenceState;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;

/**
 * Codec of commands, events and exported sequences. A message is a byte with the version, then the
 * record in CBOR (RFC 8949). Values of sealed types carry the name of their record. Thread-safe.
 */
public final class ReplicaCodec {
    /** Version of the format; raised when a record changes so that older readers would err. */
    public static final byte VERSION = 8;

    private final ObjectMapper mapper = WireMapper.create();

    public byte[] encode(ReplicaCommand command) {
        return write(ReplicaCommand.class, command);
    }

    public byte[] encode(ReplicaEvent event) {
        return write(ReplicaEvent.class, event);
    }

    public byte[] encode(SequenceState sequence) {
        return write(SequenceState.class, sequence);
    }

    /**
     * Returns the command that {@code bytes} hold.
     *
     * @throws WireFormatException if they hold none, or one of another version
     */
    public ReplicaCommand command(byte[] bytes) {
        return read(ReplicaCommand.class, bytes);
    }

    /**
     * Returns the event that {@code bytes} hold.
     *
     * @throws WireFormatException if they hold none, or one of another version
     */
    public ReplicaEvent event(byte[] bytes) {
        return read(ReplicaEvent.class, bytes);
    }

    /**
     * Returns the sequence that {@code bytes} hold.
     *
     * @throws WireFormatException if they hold none, or one of another version
     */
    public SequenceState sequence(byte[] bytes) {
        return read(SequenceState.class, bytes);
    }

    private <T> byte[] write(Class<T> type, T value) {
        byte[] body = mapper.writerFor(type).writeValueAsBytes(value);
        byte[] bytes = new byte[body.length + 1];
        bytes[0] = VERSION;
        System.arraycopy(body, 0, bytes, 1, body.length);
        return bytes;
    }

    private <T> T read(Class<T> type, byte[] bytes) {
        if (bytes.length == 0 || bytes[0] != VERSION) {
            throw new WireFormatException(
                    "Expected a %s in version %d of the format, but %s"
                            .formatted(
                                    type.getSimpleName(),
                                    VERSION,
                                    bytes.length == 0
                                            ? "there are no bytes"
                                            : "the bytes are of version " + bytes[0]));
        }
        try {
            T value = mapper.readValue(Arrays.copyOfRange(bytes, 1, bytes.length), type);
            if (value == null) { // So CBOR's null is read.
                throw new WireFormatException(
                        "The bytes hold no %s: they are null".formatted(type.getSimpleName()));
            }
            return value;
        } catch (JacksonException e) {
            throw new WireFormatException(
                    "The bytes hold no %s: %s"
                            .formatted(type.getSimpleName(), e.getOriginalMessage()),
                    e);
        } catch (NullPointerException e) { // Jackson's, where bytes stand for a record's name.
            throw new WireFormatException(
                    "The bytes hold no %s: it has no name".formatted(type.getSimpleName()), e);
        }
    }
}
