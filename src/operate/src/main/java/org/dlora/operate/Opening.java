package org.dlora.operate;

/**
 * Rule that says which parts of the administration are open.
 *
 * @param isOpen whether operators may see and change what is served
 * @param allowsUpdates whether clients may register and unregister adapters
 */
public record Opening(boolean isOpen, boolean allowsUpdates) {

    boolean allowsAcquisitions() {
        return isOpen && allowsUpdates;
    }

    void requireOpen() {
        require(
                isOpen,
                "The administration is closed while dlora.allow-open-network is true; start without it and make an API key instead (docs/security.md).");
    }

    void requireUpdates() {
        require(
                allowsUpdates,
                "This server does not let clients load and unload adapters; its setting dlora.adapters.runtime-updates does.");
    }

    void requireAcquisitions() {
        require(
                allowsAcquisitions(),
                "This server does not let clients load adapters; its setting dlora.adapters.runtime-updates does, unless dlora.allow-open-network is true.");
    }

    private static void require(boolean isAllowed, String refusal) {
        if (!isAllowed) {
            throw new ClosedAdministrationException(refusal);
        }
    }
}
