package org.dlora.device;

/**
 * The memory of a device, which is planned apart from that of other devices.
 *
 * @param limit bytes of the machine or its container for the host, of the card for a GPU
 * @param heap bytes of them that the Java heap may grow to; 0 if the device has memory of its own
 */
public record DeviceMemory(long limit, long heap) {}
