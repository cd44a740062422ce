package org.dlora.catalogue.source.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublicSourceTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "https://h/a.zip?X-Amz-Signature=s, https://h/a.zip",
                "https://h/a.zip?a b='s'\"t, https://h/a.zip",
                "https://h/a.zip#s, https://h/a.zip",
                "https://h/a.zip#s?t, https://h/a.zip",
                "https://ann:s@h:443/a.zip?t, https://h:443/a.zip",
                "https:ann:s@h/a.zip, https:h/a.zip",
                "HTTPS://ann@h/a.zip?s, HTTPS://h/a.zip",
                "ftp://s@h/a.zip, ftp://h/a.zip",
                "https://h/a@b.zip, https://h/a@b.zip",
                "s3://bucket/key?versionId=s, s3://bucket/key",
                "hf:org/name@main?s, hf:org/name@main",
                "hf:org/name@main, hf:org/name@main",
                "team/what?#1, team/what?#1",
                "/adapters/who?, /adapters/who?",
                "upload, upload"
            })
    void referencesLosePossibleSecrets(String reference, String shown) {
        assertThat(PublicSource.of(reference)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "'https://h/a.zip?sig=x&b=c' answered 403: expected 200., 'https://h/a.zip' answered 403: expected 200.",
                "s3://bucket/key?versionId=1 is not there, s3://bucket/key is not there",
                "https:u:p@h?s and http://u@h/#s are not taken: why?, https:h and http://h/ are not taken: why?",
                "/adapters/who? is no folder, /adapters/who? is no folder"
            })
    void addressesWithinTextsLosePossibleSecrets(String text, String shown) {
        assertThat(PublicSource.in(text)).isEqualTo(shown);
        assertThat(SourceException.refused(text)).hasMessage(shown);
    }

    @Test
    void quotationsHaveNoSecretsAlsoWhereTheTextBreaksOff() {
        assertThat(Quotes.of("https://h/a.zip?x y secret")).isEqualTo("\"https://h/a.zip\"");
    }

    @Test
    void identitiesDifferBySecretsThatTheyDoNotHave() {
        var one = PublicSource.identity("https://h/a.zip?sig=secret1");
        var other = PublicSource.identity("https://h/a.zip?sig=secret2");
        assertThat(one).startsWith("https://h/a.zip#").doesNotContain("secret").isNotEqualTo(other);
        assertThat(PublicSource.identity(one)).isEqualTo(one);
        assertThat(PublicSource.of(one)).isEqualTo("https://h/a.zip");
        for (var open :
                new String[] {"https://h/a.zip", "hf:org/name@c0ffee", "red/v2", "upload"}) {
            assertThat(PublicSource.identity(open)).isEqualTo(open);
        }
    }
}
