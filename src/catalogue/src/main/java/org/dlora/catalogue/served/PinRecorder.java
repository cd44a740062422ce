package org.dlora.catalogue.served;

/** Recorder of pins, which outlive the server. */
@FunctionalInterface
public interface PinRecorder {

    /**
     * Writes a pin, then lets it take effect. If it has none, what was written before is restored.
     *
     * @param effect pins or unpins the adapter, or throws
     * @throws org.dlora.cluster.adapters.NoSuchAdapterException if none has that name
     */
    void record(String name, boolean pinned, Runnable effect);
}
