package com.mimiry.identity;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Sign-in, tokens and invitations. */
@ConfigMapping(prefix = "mimiry.identity")
public interface IdentityConfig {
    /** The shortest life of a token; a shorter wish is granted this long. */
    @WithDefault("PT60S")
    Duration tokenLifeMin();

    /** The life of a token where the client names none. */
    @WithDefault("PT1H")
    Duration tokenLifeDefault();

    /** The longest life of a token, never below an hour; a longer wish is granted this long. */
    @WithDefault("PT24H")
    Duration tokenLifeMax();

    /** How far a sign-in's timestamp may be off, either way. */
    @WithDefault("PT300S")
    Duration clockSkewMax();

    /** Sign-ins per minute and key that succeed before the answer is 429; never below 60. */
    @WithDefault("600")
    int signInsPerMinute();

    /** Sign-ins per minute that fail, per address and key, before the answer is 429. */
    @WithDefault("60")
    int failedSignInsPerMinute();

    /** Sign-ins per minute that fail, per address whatever the key, before the answer is 429. */
    @WithDefault("600")
    int failedSignInsPerAddressPerMinute();

    /** How long an invitation can be accepted. */
    @WithDefault("P7D")
    Duration invitationLife();
}
