package org.dlora.device.cpu.merge;

/**
 * A share of a merge: some columns of some panels.
 *
 * @param fromColumn even
 * @param toColumn even, or the matrix's last
 */
record MergeTile(int fromPanel, int toPanel, int fromColumn, int toColumn) {}
