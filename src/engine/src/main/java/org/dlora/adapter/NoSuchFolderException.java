package org.dlora.adapter;

/** No folder that adapters may be loaded from has that path. */
public final class NoSuchFolderException extends AdapterRefusedException {
    private static final long serialVersionUID = 1;

    public NoSuchFolderException(String message) {
        super(message);
    }
}
