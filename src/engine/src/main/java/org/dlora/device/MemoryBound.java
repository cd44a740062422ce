package org.dlora.device;

/**
 * Bound of a memory: a setting, the machine beside the Java heap, or a GPU. Refusals for want of
 * memory say by it how the memory becomes larger.
 *
 * @param setting its name, such as {@code dlora.memory}; empty for a device
 * @param isGpu whether the device has memory of its own, which the Java heap takes nothing of
 */
public record MemoryBound(String setting, boolean isGpu) {
    /** A memory that has what the machine has beside the Java heap. */
    public static final MemoryBound MACHINE = new MemoryBound("", false);

    /** A memory that has what a GPU has. */
    public static final MemoryBound GPU = new MemoryBound("", true);

    /** Creates the bound that a setting is. */
    public MemoryBound(String setting) {
        this(setting, false);
    }

    /** Returns whether no setting bounds the memory. */
    public boolean isMachine() {
        return setting.isEmpty();
    }

    /** Returns the advice that makes the memory larger, as an imperative that follows "or". */
    public String order() {
        if (isGpu) {
            return "serve on a GPU with more free memory";
        }
        return isMachine() ? "give the Java heap less (-Xmx)" : "set %s to more".formatted(setting);
    }

    /** Returns the setting that makes the memory larger, as a noun. */
    public String remedy() {
        if (isGpu) {
            return "a GPU with more free memory";
        }
        return isMachine() ? "a smaller Java heap (-Xmx)" : "a larger " + setting;
    }
}
