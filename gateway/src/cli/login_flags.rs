//! `--user`, `--pass` and `--auth`: one user or one token beside what the file says.

use accounts::configured::{Secret, Setup};

/// What the flags say about logins.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct LoginFlags {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) token: Option<String>,
}

impl std::fmt::Debug for LoginFlags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginFlags")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl LoginFlags {
    /// Puts the flags over what the file says. An empty one is none; a password without a user is
    /// that of the file's user. Which of the ways in counts if there are more than one, see
    /// `accounts::configured::Logins`.
    pub(super) fn apply(&self, setup: &mut Setup) {
        let given = |flag: &Option<String>| flag.clone().filter(|text| !text.is_empty());
        if let Some(name) = given(&self.user) {
            let before = setup.single.take().map(|(_, secret)| secret);
            setup.single = Some((name, before.unwrap_or_else(|| Secret::new(""))));
        }
        if let (Some((_, secret)), Some(password)) = (&mut setup.single, &self.password) {
            *secret = Secret::new(password);
        }
        if let Some(token) = given(&self.token) {
            setup.token = Some(Secret::new(&token));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(user: &str, password: &str, token: &str) -> LoginFlags {
        let [user, password, token] = [user, password, token].map(|it| Some(it.to_owned()));
        LoginFlags {
            user,
            password,
            token,
        }
    }

    #[test]
    fn flags_beat_the_file() {
        let mut setup = Setup {
            single: Some(("file".to_owned(), Secret::new("file"))),
            ..Setup::default()
        };
        LoginFlags::default().apply(&mut setup);
        flags("", "flag", "").apply(&mut setup);
        let single = |setup: &Setup| setup.single.clone().expect("a user");
        let (name, secret) = single(&setup);
        assert!(name == "file" && secret.matches("flag") && setup.token.is_none());
        flags("u", "p", "t").apply(&mut setup);
        let (name, secret) = single(&setup);
        assert!(name == "u" && secret.matches("p"));
        assert!(setup.token.is_some_and(|token| token.matches("t")));
        assert_eq!(
            format!("{:?}", flags("u", "p", "t")),
            "LoginFlags { user: Some(\"u\"), .. }"
        );
    }
}
