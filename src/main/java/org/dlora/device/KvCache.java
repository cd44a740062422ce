package org.dlora.device;

/**
 * Keys and values of past tokens in blocks, addressed through block tables. One replica owns it.
 */
public interface KvCache extends AutoCloseable {
    KvLayout layout();

    @Override
    void close();
}
