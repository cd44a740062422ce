package org.dlora.tensor;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Headers that are valid JSON but describe no tensors: each is read or refused, and never causes
 * another error.
 */
class HostileHeaderTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Property(tries = 300)
    void hostileHeadersAreReadOrRefused(@ForAll long seed) throws IOException {
        var random = new Random(seed);
        for (int round = 0; round < JsonDamage.ROUNDS; round++) {
            DamagedFile.checkIsReadOrRefused(damaged(DamagedFile.sound(), random));
        }
    }

    private static byte[] damaged(byte[] bytes, Random random) {
        var sound = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        var text = new byte[Math.toIntExact(sound.getLong())];
        sound.get(text);
        var header = (ObjectNode) JSON.readTree(text);
        var json = new JsonDamage(random).damaged(header).getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + json.length + sound.remaining())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(sound)
                .array();
    }
}
