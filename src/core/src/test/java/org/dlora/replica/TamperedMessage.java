package org.dlora.replica;

import org.dlora.replica.wire.ReplicaCodec;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.cbor.CBORMapper;

/** The content of a message as a tree, which a test can change, and its bytes. */
record TamperedMessage(JsonNode root) {
    private static final CBORMapper CBOR = new CBORMapper();

    static TamperedMessage of(byte[] bytes) {
        return new TamperedMessage(CBOR.readTree(bytes, 1, bytes.length - 1));
    }

    byte[] bytes() {
        byte[] body = CBOR.writeValueAsBytes(root);
        byte[] bytes = new byte[body.length + 1];
        bytes[0] = ReplicaCodec.VERSION;
        System.arraycopy(body, 0, bytes, 1, body.length);
        return bytes;
    }
}
