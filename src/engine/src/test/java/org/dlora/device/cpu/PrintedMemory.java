package org.dlora.device.cpu;

/** Prints the memory of the CPU device of its process. */
final class PrintedMemory {
    private PrintedMemory() {}

    public static void main(String[] arguments) {
        try (var device = new CpuDevice()) {
            System.out.println(device.memory());
        }
    }
}
