package org.dlora.adapter.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import org.dlora.tensor.Tensor;

/**
 * Content hash of an adapter. SHA-256 goes over each adapted module's name, rank, scale and
 * weights, in the order of names, then over the biases and matrices that replace the base's. Two
 * folders that compute the same have the same hash: the order of tensors and all other fields do
 * not matter.
 */
public final class AdapterVersion {
    private static final String FORMAT = "dlora adapter 1";
    private static final int CHUNK = 1 << 20;

    private final MessageDigest digest;

    private AdapterVersion(MessageDigest digest) {
        this.digest = digest;
    }

    /** Returns 64 characters of lower-case hex. */
    public static String of(AdapterTensors tensors) {
        var version = new AdapterVersion(sha256());
        version.text(FORMAT);
        tensors.modules().stream()
                .sorted(Comparator.comparing(lora -> lora.module().name()))
                .forEach(version::module);
        version.retrained("bias", tensors.biases());
        version.retrained("weight", tensors.matrices());
        return HexFormat.of().formatHex(version.digest.digest());
    }

    private void module(LoraModule lora) {
        text(lora.module().name());
        number(lora.rank());
        number(Float.floatToIntBits(lora.scale()));
        tensor(lora.a());
        tensor(lora.b());
        lora.biasOfB().ifPresent(bias -> tensor("lora_B.bias", bias));
        lora.magnitude().ifPresent(magnitude -> tensor("lora_magnitude_vector", magnitude));
    }

    private void retrained(String kind, List<Retrained> retrained) {
        retrained.stream()
                .sorted(Comparator.comparing(one -> one.module().name()))
                .forEach(one -> tensor(one.module().name() + "." + kind, one.tensor()));
    }

    private void tensor(String kind, Tensor tensor) {
        text(kind);
        tensor(tensor);
    }

    private void tensor(Tensor tensor) {
        text(tensor.dtype().name());
        tensor.shape().forEach(this::number);
        // A ByteBuffer cannot span 2 GiB.
        for (long at = 0; at < tensor.data().byteSize(); at += CHUNK) {
            long length = Math.min(CHUNK, tensor.data().byteSize() - at);
            digest.update(tensor.data().asSlice(at, length).asByteBuffer());
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        number(bytes.length);
        digest.update(bytes);
    }

    private void number(long value) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, value));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
