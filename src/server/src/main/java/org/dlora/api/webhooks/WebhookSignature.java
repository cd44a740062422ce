package org.dlora.api.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signature of a webhook as Standard Webhooks has it: HMAC-SHA256 over id, time and body.
 *
 * @see <a href="https://www.standardwebhooks.com">standardwebhooks.com</a>
 */
public final class WebhookSignature {
    private static final String ALGORITHM = "HmacSHA256";
    private static final String PREFIX = "whsec_";
    private static final int LEAST_BYTES = 24;
    private static final int MOST_BYTES = 64;

    private final SecretKeySpec key;

    private WebhookSignature(byte[] key) {
        this.key = new SecretKeySpec(key, ALGORITHM);
    }

    /**
     * Returns the signature by a secret.
     *
     * @param secret {@code whsec_} and 24 to 64 bytes in Base64
     * @throws IllegalArgumentException if it is not of that form; the message does not tell it
     */
    public static WebhookSignature of(String secret) {
        var text = secret.strip();
        try {
            if (text.startsWith(PREFIX)) {
                var bytes = Base64.getDecoder().decode(text.substring(PREFIX.length()));
                if (bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES) {
                    return new WebhookSignature(bytes);
                }
            }
        } catch (IllegalArgumentException _) {
            // No Base64.
        }
        throw new IllegalArgumentException(
                "expected %s and %d to %d random bytes in Base64, as from: echo whsec_$(openssl rand -base64 32)"
                        .formatted(PREFIX, LEAST_BYTES, MOST_BYTES));
    }

    /**
     * Returns the value of the header {@code webhook-signature}.
     *
     * @param timestamp of the attempt, in seconds since 1970
     */
    String sign(String id, long timestamp, byte[] body) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update("%s.%d.".formatted(id, timestamp).getBytes(UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
