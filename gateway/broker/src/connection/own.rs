//! What every user may ask the broker, without an import: who it is, and about its own account.
//!
//! Nobody else gets these requests, and none of them names an account: it is the connection's.

use super::session::Login;
use crate::{
    routing::deliver::{Courier, Message, Origin},
    server::Server,
    system,
};

/// What all of these subjects start with.
pub(super) const SUBJECTS: &[u8] = b"$SYS.REQ.";

const USER_INFO: &[u8] = b"$SYS.REQ.USER.INFO";

/// Answers a request, or has it answered. `false` when it is none of these: the system account
/// asks its services.
pub(super) fn ask(
    server: &Server,
    login: &Login,
    courier: &mut Courier,
    message: &Message<'_>,
) -> bool {
    if message.subject == USER_INFO {
        say_user_info(server, login, courier, message.reply);
        return true;
    }
    let Some(questions) = server.questions.get() else {
        return false;
    };
    !server.is_system(&login.account) && questions.ask(&login.account, message)
}

/// Answers the question who the user is. The connection knows best.
fn say_user_info(server: &Server, login: &Login, courier: &mut Courier, reply: Option<&[u8]>) {
    let Some(reply) = reply else { return };
    let answer = system::user_info(server, &login.account, login.identity.as_deref());
    let (matched, answer) = (login.account.matches(reply), answer.to_string());
    let message = Message::new(reply, None, 0, answer.as_bytes());
    courier.deliver(&matched, &message, Origin::BROKER);
}
