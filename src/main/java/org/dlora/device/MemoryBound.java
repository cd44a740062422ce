package org.dlora.device;

/**
 * What bounds a memory: a setting, or the machine beside the Java heap. Refusals for want of memory
 * say by it how the memory becomes larger.
 *
 * @param setting its name, such as {@code dlora.memory}; empty for the machine
 */
public record MemoryBound(String setting) {
    /** A memory that has what the machine has beside the Java heap. */
    public static final MemoryBound MACHINE = new MemoryBound("");

    /** Returns whether no setting bounds the memory. */
    public boolean isMachine() {
        return setting.isEmpty();
    }

    /** Returns what makes the memory larger, as an order that follows "or". */
    public String order() {
        return isMachine() ? "give the Java heap less (-Xmx)" : "set %s to more".formatted(setting);
    }

    /** Returns what makes the memory larger, as a noun. */
    public String remedy() {
        return isMachine() ? "a smaller Java heap (-Xmx)" : "a larger " + setting;
    }
}
