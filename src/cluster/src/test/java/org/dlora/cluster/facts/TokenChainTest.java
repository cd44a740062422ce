package org.dlora.cluster.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenChainTest {

    @Test
    void eachHashCoversAllTokensBefore() throws NoSuchAlgorithmException {
        var sha256 = MessageDigest.getInstance("SHA-256");
        byte[] first = sha256.digest(ByteBuffer.allocate(4).putInt(1234).array());
        sha256.update(first);
        byte[] second = sha256.digest(ByteBuffer.allocate(4).putInt(-1).array());

        assertThat(TokenChain.of(1234, -1))
                .hasSize(16)
                .startsWith(Arrays.copyOf(first, 8))
                .endsWith(Arrays.copyOf(second, 8));
    }

    @Test
    void noTokensHaveNoHashes() {
        assertThat(TokenChain.of()).isEmpty();
    }

    @Test
    void theNextTokenIsFoundByItsHash() {
        var hashes = TokenChain.of(5, 1999, 0);
        assertThat(TokenChain.next(hashes, new int[] {}, 2000)).hasValue(5);
        assertThat(TokenChain.next(hashes, new int[] {5}, 2000)).hasValue(1999);
        assertThat(TokenChain.next(hashes, new int[] {5, 1999}, 2000)).hasValue(0);
        assertThat(TokenChain.next(hashes, new int[] {5, 1999, 0}, 2000)).isEmpty();
        assertThat(TokenChain.next(hashes, new int[] {5}, 1999)).isEmpty();
        assertThat(TokenChain.next(hashes, new int[] {6}, 2000)).isEmpty();
    }

    @Test
    void firstDifferenceIsThatOfTheTokens() {
        int[] tokens = IntStream.range(0, 1000).toArray();
        int[] other = tokens.clone();
        other[700]++;
        assertThat(TokenChain.firstDifference(TokenChain.of(tokens), TokenChain.of(other)))
                .isEqualTo(700);
        assertThat(TokenChain.firstDifference(TokenChain.of(tokens), TokenChain.of(tokens)))
                .isEqualTo(-1);
        assertThat(
                        TokenChain.firstDifference(
                                TokenChain.of(tokens), TokenChain.of(Arrays.copyOf(tokens, 20))))
                .isEqualTo(20);
    }
}
