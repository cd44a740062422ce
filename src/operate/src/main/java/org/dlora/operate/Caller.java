package org.dlora.operate;

import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.security.Access;

/**
 * Caller of an operation.
 *
 * @param name for the audit and the log
 * @param access that decides what the caller may see and change
 */
public record Caller(String name, Access access) {

    /**
     * Checks that the caller may know of an adapter, if there is one.
     *
     * @throws NoSuchAdapterException if not, as if there were none
     */
    public void requireVisible(String adapter) {
        if (!access.mayUse(adapter)) {
            throw new NoSuchAdapterException(adapter);
        }
    }

    /**
     * Checks that the caller may change an adapter.
     *
     * @throws NoSuchAdapterException if the caller must not know of it, as if there were none
     * @throws org.dlora.security.AccessRefusedException if the caller must not change it
     */
    public void requireChange(String adapter) {
        requireVisible(adapter);
        access.requireChange(adapter);
    }
}
