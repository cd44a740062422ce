package org.dlora.security;

/**
 * A new key. Its secret is known only now.
 *
 * @param secret the whole key, which the client sends
 */
public record IssuedKey(ApiKey key, String secret) {
    @Override
    public String toString() {
        return "IssuedKey[" + key.id() + "]";
    }
}
