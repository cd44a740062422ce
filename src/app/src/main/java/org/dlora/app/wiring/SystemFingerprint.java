package org.dlora.app.wiring;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.dlora.device.Device;
import org.dlora.model.BaseModel;
import org.dlora.model.cache.ContentHash;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;

/**
 * Value of {@code system_fingerprint} in answers: {@code fp_} and the first 16 hexadecimal digits
 * of a SHA-256. It is the same wherever the same base model is computed in the same way. Hosts,
 * times and adapters do not change it.
 *
 * <p>Five lines are hashed, each with a line feed at its end:
 *
 * <ol>
 *   <li>the {@link ContentHash} of the weight files, in the order of {@code TensorSource.files};
 *   <li>the {@link ContentHash} of {@code config.json};
 *   <li>the {@link Device#numericMode};
 *   <li>the dtype of the weights in memory;
 *   <li>the dtype of keys and values.
 * </ol>
 *
 * <p>Tokenizer and chat template are not part of it, because they make prompts and not numbers.
 */
final class SystemFingerprint {
    private static final int DIGITS = 16;

    private SystemFingerprint() {}

    /**
     * Returns the fingerprint.
     *
     * @param content {@link ContentHash} of the weight files if it is known already; otherwise they
     *     are read for it
     * @throws LoadException if a file cannot be read
     */
    static String of(
            BaseModel model,
            Optional<String> content,
            String numericMode,
            DType weights,
            DType keysAndValues) {
        var config = List.of(model.folder().resolve("config.json"));
        try {
            var lines =
                    List.of(
                            content(model, content),
                            ContentHash.of(config),
                            numericMode,
                            weights.name(),
                            keysAndValues.name());
            return "fp_" + sha256(String.join("\n", lines) + "\n").substring(0, DIGITS);
        } catch (UncheckedIOException e) {
            throw unreadable(e);
        }
    }

    /**
     * Returns the {@link ContentHash} of the weight files.
     *
     * @param known the hash if it is known already; otherwise the files are read for it
     * @throws LoadException if a file cannot be read
     */
    static String content(BaseModel model, Optional<String> known) {
        try {
            return known.orElseGet(() -> ContentHash.of(model.tensors().files()));
        } catch (UncheckedIOException e) {
            throw unreadable(e);
        }
    }

    private static LoadException unreadable(UncheckedIOException e) {
        return new LoadException("a file of the model cannot be read: " + e.getCause(), e);
    }

    private static String sha256(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
