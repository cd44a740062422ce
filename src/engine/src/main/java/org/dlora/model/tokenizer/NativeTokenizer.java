package org.dlora.model.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.dlora.tensor.LoadException;

/**
 * A tokenizer of the Hugging Face tokenizers library, by way of DJL. The library may be called from
 * many threads, but not after its handle is freed; hence the lock.
 */
final class NativeTokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("truncation", "DO_NOT_TRUNCATE", "padding", "DO_NOT_PAD");

    /** Characters of texts that are tokenised at once; the library takes 100 bytes for each. */
    private static final int TOGETHER = 1 << 20;

    private static final Semaphore TEXTS = new Semaphore(TOGETHER, true);

    private final HuggingFaceTokenizer tokenizer;
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();

    private NativeTokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Builds a tokenizer.
     *
     * @param json the text of a {@code tokenizer.json}
     * @param file named in errors
     */
    static NativeTokenizer of(String json, Path file) {
        keepLibraryAtHome();
        try {
            return new NativeTokenizer(
                    HuggingFaceTokenizer.newInstance(
                            new ByteArrayInputStream(json.getBytes(UTF_8)), OPTIONS));
        } catch (IOException | RuntimeException e) {
            throw new LoadException(
                    file.getFileName() + ": refused by the tokenizers library: " + e.getMessage(),
                    e);
        }
    }

    /**
     * Sets DJL's properties before it first unpacks its native library. DJL must not call home from
     * cloud machines, nor look for CUDA builds of itself. It must not load a library that another
     * user may have put into a shared temporary folder.
     */
    private static void keepLibraryAtHome() {
        System.setProperty("ai.djl.offline", "true");
        boolean chosen =
                Stream.of("ENGINE_CACHE_DIR", "DJL_CACHE_DIR")
                        .anyMatch(name ->
                                System.getenv(name) != null || System.getProperty(name) != null);
        if (!chosen && !Files.isWritable(Path.of(System.getProperty("user.home", "")))) {
            try {
                var cache = Files.createTempDirectory("dlora-tokenizers");
                System.setProperty("ENGINE_CACHE_DIR", cache.toString());
            } catch (IOException e) {
                throw new LoadException(
                        "the tokenizers library needs a folder to unpack to: set DJL_CACHE_DIR to a writable one",
                        e);
            }
        }
    }

    int[] encode(String text, boolean addSpecialTokens) {
        open.readLock().lock();
        try {
            long[] ids = ids(wellFormed(text), addSpecialTokens);
            var tokens = new int[ids.length];
            for (int i = 0; i < ids.length; i++) {
                tokens[i] = Math.toIntExact(ids[i]);
            }
            return tokens;
        } finally {
            open.readLock().unlock();
        }
    }

    /**
     * Asks for the ids alone. DJL's own call makes Java strings of all tokens, for which a long
     * text takes hundreds of bytes a character; where the heap has no room for them, the native
     * library ends the process.
     */
    private long[] ids(String text, boolean addSpecialTokens) {
        int share = Math.min(text.length(), TOGETHER);
        TEXTS.acquireUninterruptibly(share);
        try {
            long encoding =
                    TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, addSpecialTokens);
            try {
                return TokenizersLibrary.LIB.getTokenIds(encoding);
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        } finally {
            TEXTS.release(share);
        }
    }

    String decode(long[] ids, boolean skipSpecialTokens) {
        open.readLock().lock();
        try {
            return tokenizer.decode(ids, skipSpecialTokens);
        } finally {
            open.readLock().unlock();
        }
    }

    @Override
    public void close() {
        open.writeLock().lock();
        try {
            tokenizer.close();
        } finally {
            open.writeLock().unlock();
        }
    }

    /**
     * Replaces half surrogate pairs, which have no UTF-8; JNI would pass them on as malformed
     * bytes.
     */
    private static String wellFormed(String text) {
        if (text.codePoints().noneMatch(NativeTokenizer::isSurrogate)) {
            return text;
        }
        return text.codePoints()
                .map(c -> isSurrogate(c) ? 0xFFFD : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
