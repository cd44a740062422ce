package org.dlora.security;

import java.util.Optional;

/**
 * Settings of the keys.
 *
 * @param adminKey a key with scope {@code admin} that the settings give, beside those in the store
 * @param keysRequired whether calls without a key are refused even if there is none
 * @param keysMayExist whether calls are refused until it is known that there is none
 */
public record RingSettings(Optional<String> adminKey, boolean keysRequired, boolean keysMayExist) {

    @Override
    public String toString() {
        return "RingSettings[]";
    }
}
